// A pod's interface: a veth pair on the bridge "floor0", address, route; by raw netlink.
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <linux/veth.h>
#include <net/if.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <unistd.h>

#include "floor.h"

struct Message {
  struct nlmsghdr header;
  char data[1024];
};

static struct rtattr* put(struct Message* message, int type, const void* data, int length) {
  struct rtattr* attribute =
      (struct rtattr*)((char*)message + NLMSG_ALIGN(message->header.nlmsg_len));
  attribute->rta_type = type;
  attribute->rta_len = RTA_LENGTH(length);
  if (length > 0) {
    memcpy(RTA_DATA(attribute), data, length);
  }
  message->header.nlmsg_len =
      NLMSG_ALIGN(message->header.nlmsg_len) + RTA_ALIGN(attribute->rta_len);
  return attribute;
}

static void end(struct Message* message, struct rtattr* nest) {
  nest->rta_len = (char*)message + message->header.nlmsg_len - (char*)nest;
}

static struct Message* begin(int type, int flags, const void* family, int length) {
  static struct Message message;
  memset(&message, 0, sizeof message);
  message.header.nlmsg_type = type;
  message.header.nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK | flags;
  message.header.nlmsg_len = NLMSG_LENGTH(length);
  memcpy(NLMSG_DATA(&message.header), family, length);
  return &message;
}

static void request(int socket, struct Message* message, const char* what) {
  CHECK(send(socket, message, message->header.nlmsg_len, 0));
  struct Message answer;
  CHECK(recv(socket, &answer, sizeof answer, 0));
  errno = -((struct nlmsgerr*)NLMSG_DATA(&answer.header))->error;
  check(errno == 0 ? 0 : -1, what);
}

void makeInterface(int hostNamespace, unsigned bridge) {
  const int own = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
  const int inside = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
  CHECK(setns(hostNamespace, CLONE_NEWNET));
  const int outside = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
  char name[16];
  // The namespace of the run before may still be dying, with its device.
  unsigned unique = 0;
  CHECK(getrandom(&unique, sizeof unique, 0));
  snprintf(name, sizeof name, "fl%x", unique);
  const struct ifinfomsg up = {.ifi_flags = IFF_UP, .ifi_change = IFF_UP}, peer = {0};
  struct Message* link = begin(RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL, &up, sizeof up);
  put(link, IFLA_IFNAME, name, strlen(name) + 1);
  put(link, IFLA_MASTER, &bridge, 4);
  struct rtattr* info = put(link, IFLA_LINKINFO, NULL, 0);
  put(link, IFLA_INFO_KIND, "veth", 4);
  struct rtattr* data = put(link, IFLA_INFO_DATA, NULL, 0);
  struct rtattr* end2 = put(link, VETH_INFO_PEER, NULL, 0);
  memcpy((char*)link + NLMSG_ALIGN(link->header.nlmsg_len), &peer, sizeof peer);
  link->header.nlmsg_len = NLMSG_ALIGN(link->header.nlmsg_len) + sizeof peer;
  put(link, IFLA_IFNAME, "eth0", 5);
  put(link, IFLA_NET_NS_FD, &own, 4);
  end(link, end2);
  end(link, data);
  end(link, info);
  request(outside, link, "veth");
  CHECK(setns(own, CLONE_NEWNET));
  const struct in_addr address = {htonl(0x0a630000 | (2 + getpid() % 60000))},
                       gateway = {htonl(0x0a630001)};
  const struct ifaddrmsg assign = {.ifa_family = AF_INET, .ifa_prefixlen = 16, .ifa_index = 2};
  struct Message* message = begin(RTM_NEWADDR, NLM_F_CREATE | NLM_F_EXCL, &assign, sizeof assign);
  put(message, IFA_LOCAL, &address, 4);
  put(message, IFA_ADDRESS, &address, 4);
  request(inside, message, "address");
  for (int index = 1; index <= 2; ++index) {
    const struct ifinfomsg raise = {.ifi_index = index, .ifi_flags = IFF_UP, .ifi_change = IFF_UP};
    request(inside, begin(RTM_NEWLINK, 0, &raise, sizeof raise), "link up");
  }
  const struct rtmsg via = {.rtm_family = AF_INET,
                            .rtm_table = RT_TABLE_MAIN,
                            .rtm_protocol = RTPROT_BOOT,
                            .rtm_scope = RT_SCOPE_UNIVERSE,
                            .rtm_type = RTN_UNICAST};
  message = begin(RTM_NEWROUTE, NLM_F_CREATE | NLM_F_EXCL, &via, sizeof via);
  put(message, RTA_GATEWAY, &gateway, 4);
  request(inside, message, "route");
  close(inside);
  close(outside);
  close(own);
}
